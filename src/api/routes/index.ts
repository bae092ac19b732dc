import type { ApiRoute } from '../route';
import { ADMINISTRATION_ROUTES } from './administration';
import { CONTROL_ROUTES } from './control';
import { OPERATE_ROUTES } from './operate';
import { PAGE_ROUTES } from './pages';
import { PUBLISHED_ROUTES } from './published';
import { RUN_ROUTES } from './runs';

/** The route table: everything that is served, with what it asks of its caller. */
export const ROUTES: readonly ApiRoute[] = [
  ...PUBLISHED_ROUTES,
  ...RUN_ROUTES,
  ...CONTROL_ROUTES,
  ...ADMINISTRATION_ROUTES,
  ...PAGE_ROUTES,
  ...OPERATE_ROUTES,
];
