import { roleReader } from './arm-roles';

type Arm = readonly [label: string, type: string | null];
const role = (arms: readonly Arm[], title: string) =>
  roleReader(arms.map(([label, type]) => ({ label, type })))({ id: 'OG000', title });

const EXPERIMENTAL: Arm = ['Zorvamab 10 mg', 'EXPERIMENTAL'];
const ACTIVE: Arm = ['Oldazole', 'ACTIVE_COMPARATOR'];
const PLACEBO: Arm = ['Matching placebo', 'PLACEBO_COMPARATOR'];
const OTHER: Arm = ['Extension', 'OTHER'];

describe('the role of a result group', () => {
  it('follows the type of the arm with its title', () => {
    expect(role([EXPERIMENTAL, PLACEBO], 'ZORVAMAB  10 mg')).toBe('t');
    expect(role([EXPERIMENTAL, PLACEBO], 'Matching placebo')).toBe('c');
    expect(role([['Sham', 'SHAM_COMPARATOR']], 'Sham')).toBe('c');
    expect(role([['Nothing', 'NO_INTERVENTION']], 'Nothing')).toBe('c');
    expect(role([OTHER], 'Extension')).toBeNull();
    expect(role([['Untyped', null]], 'Untyped')).toBeNull();
  });

  it('makes an active comparator control or treatment by what it is compared with', () => {
    expect(role([EXPERIMENTAL, ACTIVE], 'Oldazole')).toBe('c');
    expect(role([ACTIVE, PLACEBO], 'Oldazole')).toBe('t');
    expect(role([ACTIVE, OTHER], 'Oldazole')).toBeNull();
  });

  it('takes the most similar arm from a similarity of 0.6', () => {
    expect(role([EXPERIMENTAL, PLACEBO], 'Zorvamab 10 mg daily')).toBe('t');
    expect(role([EXPERIMENTAL, PLACEBO], 'Zorvamab in some other form of it')).toBeNull();
  });

  it('has none where arms of several roles are equally similar', () => {
    const arms: readonly Arm[] = [
      ['Zorvamab low', 'EXPERIMENTAL'],
      ['Zorvamab high', 'OTHER'],
    ];
    expect(role(arms, 'Zorvamab')).toBeNull();
    expect(role([arms[0] as Arm, ['Zorvamab high', 'EXPERIMENTAL']], 'Zorvamab')).toBe('t');
  });

  it('is control by a control word in the title, unless the title names a combination', () => {
    expect(role([EXPERIMENTAL], 'Standard-of-care only')).toBe('c');
    expect(role([EXPERIMENTAL], 'Controls')).toBeNull();
    expect(role([EXPERIMENTAL], 'Drug plus placebo')).toBeNull();
    expect(role([EXPERIMENTAL], 'Drug + placebo')).toBeNull();
    expect(role([EXPERIMENTAL], 'Drug with placebo')).toBeNull();
  });

  it('ends without role when it matches an arm without role, whatever its words', () => {
    expect(role([['Placebo extension', 'OTHER']], 'Placebo extension')).toBeNull();
    expect(role([['Placebo extension', 'OTHER']], 'Placebo extension period')).toBeNull();
  });
});
