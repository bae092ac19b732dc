import { css } from '../escape';
import { CASE } from './case';
import { LAYOUT } from './layout';
import { NARROW } from './narrow';
import { TABLES } from './tables';
import { THEME } from './theme';

/** The page's only style sheet. No state is told by colour alone. */
export const STYLE = css`
  ${THEME}
  ${LAYOUT}
  ${CASE}
  ${TABLES}
  ${NARROW}
`;
