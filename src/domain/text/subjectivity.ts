import { normaliseText } from './normalise';
import { anyPhrase, bounded, phraseTest } from './words';

export type Subjectivity = 'subjective' | 'objective';

const isSubjective = phraseTest([
  'pain',
  'symptom',
  'symptoms',
  'questionnaire',
  'quality of life',
  'qol',
  'patient-reported',
  'self-reported',
  'self-assessed',
  'self-assessment',
  'diary',
  'global impression',
  'investigator-assessed',
  'physician-assessed',
  'satisfaction',
  'rating scale',
  'visual analog',
  'visual analogue',
  'vas',
  'nrs',
  'well-being',
  'fatigue',
  'itch',
  'pruritus',
  'mood',
  'depression',
  'anxiety',
]);

const OBJECTIVE_PHRASES = [
  'death',
  'mortality',
  'survival',
  'os',
  'stroke',
  'myocardial infarction',
  'hospitalization',
  'hospitalizations',
  'hospitalisation',
  'hospitalisations',
  'bicr',
  'serum',
  'plasma',
  'viral load',
  'hba1c',
  'ldl',
  'ldl-c',
  'blood pressure',
  'fev1',
  'bone mineral density',
  'mri',
  'biopsy',
  'culture',
  'seroconversion',
  'titer',
  'titers',
  'titre',
  'titres',
] as const;
/** "independent review", also with one word between, as in "blinded central review". */
const OUTSIDE_REVIEW = '(?:independent|central|blinded)(?: [a-z0-9-]+)? review';
const OBJECTIVE = new RegExp(bounded(`${OUTSIDE_REVIEW}|${anyPhrase(OBJECTIVE_PHRASES)}`));

/** Kind of a text by its words (5.1.4); null when it has words of both kinds or of neither. */
export function subjectivity(text: string): Subjectivity | null {
  const normalised = normaliseText(text);
  const subjective = isSubjective(normalised);
  if (subjective === OBJECTIVE.test(normalised)) return null;
  return subjective ? 'subjective' : 'objective';
}
