/** The keys of `[sms]`. */
import { defaulted, optional, type Section } from '../key.js';
import * as value from '../values.js';

export const sms = {
  comment: 'Telephone numbers. A chat user shows by a code that a number is his (`phone NUMBER`); then mail and chat to +15551234567@DOMAIN is his. The codes go to a provider that sends what is mailed to it as SMS.',
  keys: {
    mail: optional({
      type: value.smsMail,
      example: '{number}@sms.example.net',
      comment:
        'Where the provider takes mail for a number: {number} stands for its digits, {+number} for them with the plus. Without it there are no phone numbers. Each mail has one short line, from postmaster@DOMAIN: the provider must know that sender.',
    }),
    prefixes: defaulted([], {
      type: value.list(value.phonePrefix, '["+1", "+49151"]'),
      example: ['+1', '+49151'],
      comment: 'What the numbers of your users begin with: codes go to no others. Empty: codes go to any country, also to numbers that cost much.',
    }),
    codes_per_day: defaulted(100, {
      type: value.count(1, 100_000),
      comment: 'How many codes are sent in a day, in all: the most that anybody can make you pay for. A user gets 3 a day.',
    }),
  },
} satisfies Section;
