import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseUrlProblem } from '../../../src/http/base-url.ts';

const problem = (host: string) => baseUrlProblem(`https://${host}/v1`, false);

describe('a base URL', () => {
  it.each([
    'https://api.openai.com/v1',
    'https://api.z.ai/api/paas/v4',
    'https://8.8.8.8',
    'https://[2606:4700::1111]:8443/v1',
    'https://internal.example.com',
    'https://172.32.0.1',
    'https://100.128.0.1',
    'https://[2002:808:808::]',
  ])('may be %s', (url) => {
    expect(baseUrlProblem(url, false)).toBeUndefined();
  });

  it.each([
    ['loopback', '127.0.0.1'],
    ['another loopback', '127.9.9.9'],
    ['loopback in decimal', '2130706433'],
    ['loopback in hexadecimal', '0x7f000001'],
    ['loopback in octal', '0177.0.0.1'],
    ['loopback in short', '127.1'],
    ['loopback with a dot at its end', '127.0.0.1.'],
    ['loopback in full-width digits', '１２７.0.0.1'],
    ['this host', '0.0.0.0'],
    ['10/8', '10.1.2.3'],
    ['the first of 172.16/12', '172.16.0.0'],
    ['the last of 172.16/12', '172.31.255.255'],
    ['192.168/16', '192.168.1.1'],
    ['link-local, where clouds keep their secrets', '169.254.169.254'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['multicast', '224.0.0.1'],
    ['IPv6 loopback', '[::1]'],
    ['IPv6 unspecified', '[::]'],
    ['IPv6 unique local', '[fd00::1]'],
    ['IPv6 link-local', '[fe80::1]'],
    ['IPv4 in IPv6', '[::ffff:192.168.1.1]'],
    ['IPv4 behind NAT64', '[64:ff9b::10.0.0.1]'],
    ['IPv4 in 6to4', '[2002:7f00:1::]'],
    ['the documentation prefix', '[2001:db8::1]'],
    ['localhost', 'localhost'],
    ['localhost in capitals', 'LOCALHOST.'],
    ['a subdomain of localhost', 'api.localhost'],
    ['an internal name', 'metadata.google.internal'],
    ['a name without a dot', 'ollama'],
    ['a name of the local network', 'printer.local'],
  ])('must not be %s', (_what, host) => {
    expect(problem(host)).toContain('must not be a private address');
    expect(baseUrlProblem(`http://${host}/v1`, true)).toBeUndefined();
  });

  it.each([
    ['no URL', 'api.openai.com', 'must be a URL such as'],
    ['another protocol', 'ftp://api.openai.com', 'must be an https URL'],
    ['http', 'http://api.openai.com', 'must be https'],
    ['credentials', 'https://user:secret@api.openai.com', 'must not hold a user name or password'],
    ['a query', 'https://api.openai.com/v1?key=1', 'must end with its path'],
    ['a fragment', 'https://api.openai.com/v1#a', 'must end with its path'],
  ])('must not be or have %s', (_what, url, message) => {
    expect(baseUrlProblem(url, false)).toContain(message);
  });

  it('is private in whatever way a private address is spelt', () => {
    const part = fc.integer({ min: 0, max: 255 });
    const address = fc.oneof(
      fc.tuple(fc.constant(10), part, part, part),
      fc.tuple(fc.constant(192), fc.constant(168), part, part),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), part, part),
    );
    const spelling = fc.constantFrom(
      ([a, b, c, d]: number[]) => `${a}.${b}.${c}.${d}`,
      ([a = 0, b = 0, c = 0, d = 0]: number[]) => String(((a * 256 + b) * 256 + c) * 256 + d),
      ([a = 0, ...rest]: number[]) => [`0x${a.toString(16)}`, ...rest].join('.'),
      ([a = 0, b = 0, ...rest]: number[]) => [`0${a.toString(8)}`, `0${b.toString(8)}`, ...rest].join('.'),
      ([a = 0, b = 0, c = 0, d = 0]: number[]) => `${a}.${b}.${c * 256 + d}`,
      (parts: number[]) => `[::ffff:${parts.join('.')}]`,
      (parts: number[]) => `[64:ff9b::${parts.join('.')}]`,
    );
    fc.assert(
      fc.property(address, spelling, (parts, spell) => {
        expect(problem(spell(parts))).toContain('private');
      }),
    );
  });
});
