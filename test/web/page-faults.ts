/** What goes wrong in a page that a test has opened. */
import type { Page } from 'playwright-core';

/** Grows as it comes: errors on the console, exceptions, and dialogs, which a stranger's text has opened. */
export function faultsOf(page: Page): readonly string[] {
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  return faults;
}
