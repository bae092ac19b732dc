import { type AuditLink, CHAIN_START, ChainCheck, chainHash } from './audit-chain';

/** A whole log of so many rows. */
function log(rows: number): AuditLink[] {
  let previous = CHAIN_START;
  return Array.from({ length: rows }, (_, i) => {
    const content = {
      seq: i + 1,
      audit_id: String(2 * i + 1),
      at: `2026-03-20T10:00:0${i}.000001Z`,
      actor: 'ann',
      action: 'run-created',
      subject: `run-${i}`,
      before_sha256: null,
      after_sha256: 'ab'.repeat(32),
      reason: 'été',
      detail: '{"after": "pending"}',
    };
    previous = chainHash(previous, content);
    return { ...content, chain: previous };
  });
}

const verdictOf = (rows: readonly AuditLink[], head?: string) => {
  const check = new ChainCheck(head);
  for (const row of rows) if (!check.take(row)) break;
  return check.verdict();
};

describe('the chain of the audit log', () => {
  const whole = log(5);
  const last = whole[4]!.chain;

  test('a whole log is whole, and its head is the hash of its last row', () => {
    expect(verdictOf(whole)).toEqual({ rows: 5, head: last, broken: null });
    expect(verdictOf([])).toEqual({ rows: 0, head: null, broken: null });
  });

  test.each([
    ['at', '2026-03-20T10:00:02.000002Z'],
    ['actor', 'bob'],
    ['action', 'run-creates'],
    ['subject', 'run-9'],
    ['before_sha256', 'cd'.repeat(32)],
    ['after_sha256', null],
    ['reason', null],
    ['detail', '{"after": "pendinh"}'],
    ['audit_id', '6'],
  ] as const)('an altered %s is found in its row', (name, value) => {
    const rows = whole.map((row) => (row.seq === 3 ? { ...row, [name]: value } : row));
    expect(verdictOf(rows).broken).toMatchObject({ kind: 'altered', seq: 3 });
    expect(verdictOf(rows).broken?.message).toContain('row 3 of audit_log');
  });

  test('an altered hash is told from an altered field by the row that follows', () => {
    const rows = whole.map((row) => (row.seq === 3 ? { ...row, chain: CHAIN_START } : row));
    expect(verdictOf(rows).broken).toMatchObject({ kind: 'chain_altered', seq: 3 });
  });

  test.each([1, 3, 4])('row %i that is gone is named', (seq) => {
    const rows = whole.filter((row) => row.seq !== seq);
    expect(verdictOf(rows).broken).toMatchObject({ kind: 'missing', seq });
  });

  test('a row that was put in is found, also when the others were numbered anew', () => {
    const twice = [...whole.slice(0, 3), whole[2]!, ...whole.slice(3)];
    expect(verdictOf(twice).broken).toMatchObject({ kind: 'repeated', seq: 3 });
    const anew = twice.map((row, i) => ({ ...row, seq: i + 1 }));
    expect(verdictOf(anew).broken).toMatchObject({ kind: 'altered', seq: 4 });
  });

  test('a tail that was cut off shows only by a head that was kept', () => {
    const cut = whole.slice(0, 4);
    expect(verdictOf(cut).broken).toBeNull();
    expect(verdictOf(cut, last).broken).toMatchObject({ kind: 'head_not_found', seq: 5 });
    expect(verdictOf(whole, whole[1]!.chain).broken).toBeNull();
  });

  test('text that moves from one field to the next is another content', () => {
    const [row] = whole as [AuditLink];
    const moved = { ...row, actor: 'an', action: 'nrun-created' };
    expect(chainHash(CHAIN_START, moved)).not.toBe(row.chain);
  });
});
