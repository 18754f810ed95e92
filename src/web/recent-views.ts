/** The mails that were looked at last: a page, its frame and its images are asked for at about the same time. */
import type { Clock } from '../clock.js';
import type { ContentId } from '../message.js';

const MOST = 8;
const KEEP_MS = 60_000;

export class RecentViews<V> {
  private readonly views = new Map<ContentId, { readonly at: number; readonly view: Promise<V> }>();

  constructor(private readonly clock: Clock) {}

  /** What is being read is read once, however many ask. What failed is read again. */
  of(id: ContentId, read: () => Promise<V>): Promise<V> {
    const known = this.views.get(id);
    if (known !== undefined && this.clock() - known.at < KEEP_MS) return known.view;
    const view = read();
    this.views.delete(id);
    this.views.set(id, { at: this.clock(), view });
    view.catch(() => this.views.delete(id));
    const [oldest] = this.views.keys();
    if (this.views.size > MOST && oldest !== undefined) this.views.delete(oldest);
    return view;
  }
}
