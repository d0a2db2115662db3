import { BlockList, isIP } from 'node:net';

/** What is no address of the public internet: IANA's special-purpose registries for IPv4 and IPv6. */
const special = new BlockList();
const special4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4';
// Among them those that carry an IPv4 address within: NAT64, 6to4, Teredo.
const special6 =
  '::/128 ::1/128 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 fe80::/10 ff00::/8';
for (const [list, family] of [
  [special4, 'ipv4'],
  [special6, 'ipv6'],
] as const) {
  for (const range of list.split(' ')) {
    const [address = '', prefix = ''] = range.split('/');
    special.addSubnet(address, Number(prefix), family);
  }
}

/** Whether an IP address, IPv4 within IPv6 too, is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !special.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
