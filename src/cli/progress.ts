import type { CliIo } from './io';

/** Off a terminal a line is printed at most this often, in milliseconds. */
const LINE_INTERVAL_MS = 2_000;
/** On a terminal the line is redrawn at most this often, in milliseconds. */
const REDRAW_INTERVAL_MS = 100;

/** One line about work under way: redrawn on a terminal, else printed now and then. */
export class ProgressLine {
  private last = 0;
  private lastText = '';
  private drawn = false;

  constructor(private readonly io: CliIo) {}

  /** Shows a state; states that come too fast after the last are passed over. */
  show(text: string): void {
    const now = performance.now();
    const interval = this.io.interactive ? REDRAW_INTERVAL_MS : LINE_INTERVAL_MS;
    if (text === this.lastText || (this.last !== 0 && now - this.last < interval)) return;
    this.print(text, now);
  }

  /** Shows a state whatever was shown before it. */
  force(text: string): void {
    if (text !== this.lastText) this.print(text, performance.now());
  }

  /** Ends the redrawn line, so that words can follow. */
  end(): void {
    if (this.drawn) this.io.draw('\r\u001b[2K');
    this.drawn = false;
    this.lastText = '';
  }

  private print(text: string, now: number): void {
    this.last = now;
    this.lastText = text;
    if (this.io.interactive) {
      this.io.draw(`\r\u001b[2K${text}`);
      this.drawn = true;
    } else {
      this.io.say(text);
    }
  }
}

/** `1,234` of 1234; the same on every machine. */
export function grouped(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 m 05 s` of seconds. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return minutes < 60
    ? `${minutes} m ${rest} s`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
}
