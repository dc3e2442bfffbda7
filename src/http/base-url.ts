/** What is wrong with a provider's base URL, and what would be right. Undefined if nothing is. */
export function baseUrlProblem(text: string, allowPrivate: boolean): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'must be a URL such as https://api.example.com/v1';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an https URL';
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user name or password: put the credential in a secret, and name it as "secret"';
  }
  if (url.search !== '' || url.hash !== '') return 'must end with its path: it can have no query and no fragment';
  if (allowPrivate) return undefined;
  if (url.protocol === 'http:') {
    return 'must be https: http is only allowed where the variable ALLOW_PRIVATE_UPSTREAMS is "true"';
  }
  if (isPrivateHost(url.hostname)) {
    return 'must not be a private address: these are only allowed where the variable ALLOW_PRIVATE_UPSTREAMS is "true"';
  }
  return undefined;
}

/** By convention these names mean this machine or this network, whatever they resolve to. */
const privateSuffixes = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
  'localdomain',
];

/**
 * Whether a host, as `URL.hostname` spells it, is on a private network. The URL parser has already turned every other
 * spelling of an IPv4 address (decimal, octal, hexadecimal, fewer than four parts) into four decimal numbers.
 */
function isPrivateHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPrivateIpv6(hostname.slice(1, -1));
  const name = hostname.toLowerCase().replace(/\.+$/, '');
  const parts = ipv4Parts(name);
  if (parts !== undefined) return isPrivateIpv4(parts);
  // A name without a dot is looked up on the local network.
  return !name.includes('.') || privateSuffixes.some((suffix) => name.endsWith(`.${suffix}`));
}

type Ipv4 = readonly [number, number, number, number];

function ipv4Parts(name: string): Ipv4 | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(name);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3]), Number(match[4])];
}

/** All that IANA keeps from the public internet, broadcast and multicast included. */
function isPrivateIpv4([a, b, c]: Ipv4): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true;
  if (a === 100) return b >= 64 && b <= 127;
  if (a === 169) return b === 254;
  if (a === 172) return b >= 16 && b <= 31;
  if (a === 192) return b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99);
  if (a === 198) return b === 18 || b === 19 || (b === 51 && c === 100);
  return a === 203 && b === 0 && c === 113;
}

/** Only global unicast is public, except addresses that hold a private IPv4 address. */
function isPrivateIpv6(text: string): boolean {
  const groups = ipv6Groups(text);
  const [first = 0, second = 0] = groups;
  const ipv4In = (at: number): Ipv4 => {
    const [high = 0, low = 0] = groups.slice(at);
    return [high >> 8, high & 255, low >> 8, low & 255];
  };
  if (first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((group) => group === 0)) {
    return isPrivateIpv4(ipv4In(6));
  }
  if (first === 0x2002) return isPrivateIpv4(ipv4In(1));
  if (first === 0x2001) return second <= 0x1ff || second === 0xdb8;
  return first < 0x2000 || first > 0x3fff;
}

/** The eight groups of an address. `URL` has already put it in its shortest form. */
function ipv6Groups(text: string): number[] {
  const [before = '', after] = text.split('::');
  const head = hexadecimals(before);
  if (after === undefined) return head;
  const tail = hexadecimals(after);
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function hexadecimals(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
}
