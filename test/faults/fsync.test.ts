import { describe, expect, it } from 'vitest';
import { fsync } from '../../faults/rows/fsync.js';
import { syncsBeforeAnswers } from '../../faults/system-calls.js';
import { shortForm } from './short-form.js';

shortForm(fsync);

const ID = '01m7y6w1hce9t775ev8trneq4t';
const OTHER = '01m7y6w1hdf27a9x8h8mptfyc3';
const written = (id: string): string => String.raw`7 pwrite64(25</d/s.db-wal>, "\r\0\0{\"id\":\"${id}\",\"so"..., 4096, 32) = 4096`;
const answered = (id: string): string => String.raw`5 write(38<socket:[1]>, "250 2.6.0 ${id} accepted\r\n", 47) = 47`;
const SYNC = '7 fdatasync(25</d/s.db-wal>) = 0';
const BEGUN = '7 fsync(25</d/s.db-wal> <unfinished ...>';
const ENDED = '7 <... fsync resumed>)                 = 0';
const OTHER_FILE = '7 fsync(24</d/s.db>) = 0';

describe('reading a trace', () => {
  it.each<[string, string[], boolean]>([
    ['written, synced, answered', [written(ID), SYNC, answered(ID)], true],
    ['written, synced in two parts, answered', [written(ID), BEGUN, ENDED, answered(ID)], true],
    ['answered before it was written', [SYNC, answered(ID), written(ID)], false],
    ['not synced', [written(ID), answered(ID), SYNC], false],
    ['a sync that began before it was written', [BEGUN, written(ID), ENDED, answered(ID)], false],
    ['answered while the sync went on', [written(ID), BEGUN, answered(ID), ENDED], false],
    ['a sync that failed', [written(ID), SYNC.replace('= 0', '= -1 EIO (Input/output error)'), answered(ID)], false],
    ['a sync of another file', [written(ID), OTHER_FILE, answered(ID)], false],
    ['a sync of another mail', [written(OTHER), SYNC, written(ID), answered(ID)], false],
  ])('%s', (_what, lines, synced) => {
    expect(syncsBeforeAnswers(lines.join('\n'))).toMatchObject([{ id: ID, synced }]);
  });

  it('knows who shared a sync', () => {
    const answers = syncsBeforeAnswers([written(ID), written(OTHER), SYNC, answered(ID), answered(OTHER)].join('\n'));
    expect(answers.map(({ sync }) => sync)).toEqual([1, 1]);
  });
});
