/** What follows from what a filter says of a mail. */
import { Failure } from '../failure.js';

/** As a filter has it: see `Opinion` of the edge that asks. */
export interface SpamOpinion {
  readonly verdict: 'clean' | 'spam' | 'doubtful' | 'later' | 'unwanted';
  /** Its words for the sender, one line; may be empty. */
  readonly said: string;
}

/** `put-off`: the greylist decides. */
export type SpamDecision = 'take' | 'mark' | 'put-off' | Failure;

/**
 * A filter that is away refuses nobody. What it only doubts is put off by our greylist, and taken when it comes again: to answer "later"
 * each time would be to refuse it.
 */
export function decideSpam(opinion: SpamOpinion | undefined): SpamDecision {
  switch (opinion?.verdict) {
    case undefined:
    case 'clean':
      return 'take';
    case 'spam':
      return 'mark';
    case 'doubtful':
      return 'put-off';
    case 'later':
      return Failure.temporary('spam', opinion.said || 'Please try again later.');
    case 'unwanted':
      return Failure.permanent('spam', opinion.said || 'The mail looks like spam.');
  }
}
