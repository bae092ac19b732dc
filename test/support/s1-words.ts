import type { S1Words } from '../../src/domain/parameters/types';

/** The synonyms and stop words of section 5.1.3, with every bracketed variant written out. */
export const S1_WORDS: S1Words = {
  synonyms: [
    {
      target: '6mwt',
      phrases: [
        '6-minute walk',
        '6-minute walk distance',
        '6-minute walk test',
        '6-minute walking',
        '6-minute walking distance',
        '6-minute walking test',
        '6mwd',
      ],
    },
    {
      target: 'fev1',
      phrases: ['forced expiratory volume in 1 second', 'forced expiratory volume in one second'],
    },
    {
      target: 'ae',
      phrases: [
        'adverse event',
        'adverse events',
        'treatment-emergent adverse event',
        'treatment-emergent adverse events',
        'teae',
        'teaes',
      ],
    },
    { target: 'ldlc', phrases: ['low-density lipoprotein cholesterol', 'ldl-c', 'ldl c'] },
    {
      target: 'hba1c',
      phrases: [
        'hemoglobin a1c',
        'haemoglobin a1c',
        'hb a1c',
        'glycated hemoglobin a1c',
        'glycated haemoglobin a1c',
        'glycosylated hemoglobin a1c',
        'glycosylated haemoglobin a1c',
        'hba1c',
        'a1c',
      ],
    },
  ],
  stop_words: [
    ...'a an the of in on at to for by with and or from as is are be was were that this'.split(' '),
    ...'which who will all any its their there during over after before between within'.split(' '),
    ...'into per versus vs compared comparison compare assess assessed assessment'.split(' '),
    ...'evaluate evaluated evaluation determine determined determination measure'.split(' '),
    ...'measured measurement use used using define defined definition based primary'.split(' '),
    ...'endpoint end point outcome main efficacy study trial treatment treated therapy'.split(' '),
    ...'group arm patient participant subject number percentage percent proportion rate'.split(' '),
    ...'mean median total value score change baseline time visit month week day year'.split(' '),
    ...'hour minute'.split(' '),
  ],
};
