import { expect, it } from 'vitest';
import { closedClients } from '../../src/local/closed-clients.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

function row(local: string, remote: string, state: string): string {
  return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 26 1 0 20 4 30 10 -1\n`;
}

it('finds the clients of a port that have closed their side, and no others', () => {
  const table = [
    row('0100007F:2253', '00000000:0000', '0A'),
    row('0100007F:2253', '0100007F:C682', '08'),
    row('0100007F:2253', '0100007F:C683', '01'),
    row('0100007F:2254', '0100007F:C684', '08'),
    row('0100007F:C685', '0100007F:2253', '08'),
    row('0200000A:2253', '0A02000A:0050', '08'),
  ];
  expect(closedClients(head + table.join(''), 8787)).toEqual(['127.0.0.1:50818', '10.0.2.10:80']);
});

it('reads the addresses of IPv6', () => {
  const table = row('00000000000000000000000001000000:2253', 'B80D0120000000000000000001000000:0051', '08');
  expect(closedClients(head + table, 8787)).toEqual(['[2001:0db8:0000:0000:0000:0000:0000:0001]:81']);
});
