/** How a store fails. */
/** The engine could not do what was asked; the text is for the log. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    text: string,
    /** `overloaded`: too many calls are waiting for their commit; nothing is wrong with the engine. */
    readonly reason: 'storage' | 'overloaded' = 'storage',
  ) {
    super(text);
  }
}
