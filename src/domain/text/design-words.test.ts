import { blindingOf, hypothesisOf } from './design-words';

describe('hypothesis of a normalised text', () => {
  it.each([
    ['non-inferiority of overall survival', 'ni'],
    ['noninferior', 'ni'],
    ['non inferior and superior', 'ni'],
    ['therapeutic equivalence', 'eq'],
    ['equivalent', 'eq'],
    ['bioequivalence', 'eq'],
    ['overall survival, superiority', 'sup'],
    ['superior vena cava syndrome', null],
    ['superior mesenteric artery', null],
    ['superior vena cava; superiority of os', 'sup'],
    ['inferior', null],
    ['superiors', null],
  ])('of %j is %s', (text, hypothesis) => {
    expect(hypothesisOf(text)).toBe(hypothesis);
  });
});

describe('blinding of a normalised text', () => {
  it.each([
    ['os, open-label', 'open'],
    ['open labelled', 'open'],
    ['unblinded assessment', 'open'],
    ['not blinded', 'open'],
    ['os, blinded', 'blinded'],
    ['double-masked', 'blinded'],
    ['double mask', 'blinded'],
    ['observer blind', 'blinded'],
    ['pfs by blinded review', null],
    ['pfs by blinded independent central review', null],
    ['blinded independent review, double-blind', 'blinded'],
    ['mask', null],
    ['color blindness', null],
  ])('of %j is %s', (text, blinding) => {
    expect(blindingOf(text)).toBe(blinding);
  });
});
