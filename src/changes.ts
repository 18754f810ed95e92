/**
 * What each user changes of his own row, which is in memory and in the store. It is seen in memory at once; the store takes one user's changes
 * one after the other, each made of what it has taken before.
 */
import { Failure } from './failure.js';

export interface ChangesParts<Row> {
  /** What is in memory. @param user bare JID, as `formatBareJid` writes it, here and below */
  readonly get: (user: string) => Row | undefined;
  readonly put: (user: string, row: Row | undefined) => void;
  /** Rejects as the store does. */
  readonly store: (row: Row) => Promise<unknown>;
}

/** Of what it is until then; called again where a change before it fails. */
type Edit<Row> = (before: Row | undefined) => Row;

interface Change<Row> {
  readonly edit: Edit<Row>;
  row: Row;
}

interface Line<Row> {
  /** What the store holds. */
  kept: Row | undefined;
  readonly waiting: Change<Row>[];
  last: Promise<unknown>;
  /** How often he is being forgotten. */
  forgetting: number;
}

const FORGETTING = Failure.temporary('not-allowed', 'The gateway is forgetting what it keeps of you at this moment. Try again.');

export class Changes<Row> {
  /** Of users with changes under way. */
  private readonly lines = new Map<string, Line<Row>>();

  constructor(private readonly parts: ChangesParts<Row>) {}

  /** Whose changes are under way. */
  users(): Iterable<string> {
    return this.lines.keys();
  }

  /**
   * In memory first: what is withdrawn is gone at once. Rejects as the store does; then memory holds what the store does, and the later changes
   * made of that.
   * @returns what is stored; a temporary `not-allowed` while the user is being forgotten
   */
  async change(user: string, edit: Edit<Row>): Promise<Row | Failure> {
    if ((this.lines.get(user)?.forgetting ?? 0) > 0) return FORGETTING;
    const change = { edit, row: edit(this.parts.get(user)) };
    const line = this.lineOf(user);
    line.waiting.push(change);
    this.parts.put(user, change.row);
    return this.inTurn(user, line, () => this.write(user, line, change));
  }

  /**
   * Runs what makes the store forget the user once his changes before it are stored, and takes none until it is done: none may come behind it,
   * and be there again. Rejects as `forget` does; then all is as before.
   */
  async forgetting<T>(user: string, forget: () => Promise<T>): Promise<T> {
    const line = this.lineOf(user);
    line.forgetting++;
    return this.inTurn(user, line, async () => {
      try {
        const forgotten = await forget();
        line.kept = undefined;
        this.parts.put(user, undefined);
        return forgotten;
      } finally {
        line.forgetting--;
      }
    });
  }

  private lineOf(user: string): Line<Row> {
    const line = this.lines.get(user) ?? { kept: this.parts.get(user), waiting: [], last: Promise.resolve(), forgetting: 0 };
    this.lines.set(user, line);
    return line;
  }

  private async inTurn<T>(user: string, line: Line<Row>, work: () => Promise<T>): Promise<T> {
    const turn = line.last.then(work);
    const last = (line.last = turn.catch(() => undefined));
    try {
      return await turn;
    } finally {
      if (line.last === last) this.lines.delete(user);
    }
  }

  private async write(user: string, line: Line<Row>, change: Change<Row>): Promise<Row> {
    try {
      await this.parts.store(change.row);
      line.waiting.shift();
      line.kept = change.row;
      return change.row;
    } catch (error) {
      line.waiting.shift();
      this.undo(user, line);
      throw error;
    }
  }

  private undo(user: string, line: Line<Row>): void {
    let row = line.kept;
    for (const later of line.waiting) row = later.row = later.edit(row);
    this.parts.put(user, row);
  }
}
