import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GOLDEN_CARD, GOLDEN_FOLDER, GOLDEN_SCORE, goldenOutcome } from './golden';

describe('the golden card', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-golden-'));
  beforeEach(() => cpSync(GOLDEN_FOLDER, folder, { recursive: true }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const edit = (name: string, from: string, to: string): void => {
    const file = path.join(folder, name);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
  };

  it('is scored to the byte by the code that it is shipped with', () => {
    expect(goldenOutcome()).toMatchObject({ status: 'ok' });
    expect(goldenOutcome(folder)).toMatchObject({ status: 'ok' });
  });

  it('is red when one digit of what is expected differs', () => {
    edit(GOLDEN_SCORE, '"p_fail":0.58', '"p_fail":0.59');
    expect(goldenOutcome(folder)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/other bytes than it should from position \d+ on/) as string,
    });
  });

  it('is red when the card says something else', () => {
    edit(GOLDEN_CARD, '"p":0.081', '"p":0.082');
    expect(goldenOutcome(folder)).toMatchObject({ status: 'failed' });
  });
});
