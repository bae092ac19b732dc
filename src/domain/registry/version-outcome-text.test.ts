import { parseOutcomeText } from './version-outcome-text';

describe('an outcome of a history page', () => {
  it.each([
    ['Overall survival', ['Overall survival', null, null]],
    ['OS\n[ Time Frame: 5 years ]', ['OS', '5 years', null]],
    ['OS [ time frame: 5 years ]\n\nFrom randomisation', ['OS', '5 years', 'From randomisation']],
    ['OS [ Time Frame: day [1] to 5 ] text [2]', ['OS', 'day [1] to 5', 'text [2]']],
    ['OS [ Time Frame: 5 years', ['OS', '5 years', null]],
    ['OS [Time Frame: ]', ['OS', null, null]],
  ])('%j has its parts', (text, [measure, time_frame, description]) => {
    expect(parseOutcomeText(text)).toEqual({ measure, time_frame, description });
  });
});
