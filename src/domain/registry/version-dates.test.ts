import { registryDate } from './version-dates';

describe('a date of a registry page', () => {
  it.each([
    ['November 2007', '2007-11'],
    ['March 20, 2020', '2020-03-20'],
    ['march 2, 2020', '2020-03-02'],
    [' 2005-06-23 ', '2005-06-23'],
    ['2005-06', '2005-06'],
    ['2005', '2005'],
    ['February 30, 2020', null],
    ['Brumaire 2020', null],
    ['Spring', null],
    ['', null],
    [null, null],
  ])('%j is %j', (text, date) => {
    expect(registryDate(text)).toBe(date);
  });
});
