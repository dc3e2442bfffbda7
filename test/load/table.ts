/** What the load test shows: a line that moves while scenarios run, and a row for each that has ended. */

import type { CrowdReport } from './crowd-report.ts';
import { percent } from './checks.ts';
import type { Result } from './run-scenario.ts';

const columns = [
  ['scenario', 22],
  ['calls', 7],
  ['done', 7],
  ['refused', 8],
  ['left', 5],
  ['other', 6],
  ['limit', 22],
  ['referee', 15],
  ['posted', 15],
  ['used', 9],
  ['p50 ms', 7],
  ['p99 ms', 7],
  ['s', 5],
] as const;

export class Table {
  private readonly running = new Map<string, CrowdReport>();
  private readonly timer: NodeJS.Timeout | undefined;

  constructor() {
    this.write(row(columns.map(([title]) => title)));
    this.write(columns.map(([, width]) => '-'.repeat(width)).join(' '));
    if (process.stdout.isTTY) {
      this.timer = setInterval(() => {
        this.showProgress();
      }, 250);
    }
  }

  begin(name: string, report: CrowdReport): void {
    this.running.set(name, report);
  }

  end(result: Result): void {
    this.running.delete(result.scenario);
    this.write(row(cells(result)));
    const { others } = result.report;
    if (others.size > 0) this.write(`  other: ${[...others].map(([what, times]) => `${times} × ${what}`).join(', ')}`);
    for (const fault of result.faults) this.write(`  FAULT ${fault}`);
  }

  close(): void {
    clearInterval(this.timer);
    if (process.stdout.isTTY) process.stdout.write('\r\u001B[K');
  }

  private write(line: string): void {
    process.stdout.write(`${process.stdout.isTTY ? '\r\u001B[K' : ''}${line}\n`);
  }

  private showProgress(): void {
    const each = [...this.running].map(([name, { calls, completed }]) => `${name} ${completed} of ${calls}`);
    const line = `… ${each.join(' · ')}`.slice(0, process.stdout.columns - 1);
    process.stdout.write(`\r\u001B[K${line}`);
  }
}

function cells({ scenario, report, limit, referee, posted, share, faults, elapsedMs }: Result): string[] {
  const others = [...report.others.values()].reduce((sum, times) => sum + times, report.lost);
  const sorted = report.completedMs.toSorted((a, b) => a - b);
  return [
    `${faults.length === 0 ? 'ok  ' : 'BAD '}${scenario}`,
    String(report.calls),
    String(report.completed),
    String(report.refused),
    String(report.left),
    String(others),
    limit,
    referee,
    posted,
    share === undefined ? '' : percent(share),
    quantile(sorted, 0.5),
    quantile(sorted, 0.99),
    (elapsedMs / 1000).toFixed(0),
  ];
}

function row(texts: readonly string[]): string {
  return columns
    .map(([, width], index) =>
      index === 0 ? (texts[index] ?? '').padEnd(width) : (texts[index] ?? '').padStart(width),
    )
    .join(' ');
}

function quantile(sorted: readonly number[], share: number): string {
  return sorted[Math.floor(sorted.length * share)]?.toFixed(0) ?? '';
}
