/** Milliseconds since the epoch. Passed in wherever time decides something, so that a test can own it. */
export type Clock = () => number;
