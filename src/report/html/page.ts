import type { PublicationHeader } from '../input';
import type { Summary } from '../summary';
import type { ScoreTable } from '../table';
import { callSections } from './calls';
import { html } from './escape';
import { headline, notices } from './head';
import { outsideSections, sourceSection } from './lists';
import { scaleDefinitions } from './log-odds';
import { overview } from './overview';
import { STYLE } from './style';

/**
 * `report.html` (11.1): one page without script or outside request. The policy in its head makes
 * the browser refuse both, whatever a record might hold.
 */
export function reportPage(
  header: PublicationHeader,
  summary: Summary,
  scores: ScoreTable,
): string {
  const title = `NCFD ${header.mode} ${header.as_of.slice(0, 10)}: ${header.counts.calls} calls`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}${header.synthetic ? ' (synthetic)' : null}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        ${scaleDefinitions(header.parameters.value['call.tau'])}
        <main>
          ${headline(header, summary)}
          <nav aria-label="Sections">
            <a href="#calls">Calls</a><a href="#next">Next in rank</a
            ><a href="#overview">The run as a whole</a><a href="#abstained">Abstained</a
            ><a href="#universe">Universe</a><a href="#sources">Sources and method</a>
          </nav>
          ${notices(header)} ${callSections(header, summary, scores)} ${overview(header, summary)}
          ${outsideSections(header, summary)} ${sourceSection(header)}
        </main>
      </body>
    </html> `.markup;
}
