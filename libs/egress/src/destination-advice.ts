import type { DestinationCheck } from './egress-client.js';

type Refusal = Extract<DestinationCheck, { ok: false }>['reason'];

/** What to do about a URL that is refused; fixed, so that no text tells what our network looks like from within. */
export const destinationAdvice: Readonly<Record<Refusal, string>> = {
  too_long: 'Use a URL of at most 2048 characters.',
  malformed: 'Send an absolute URL such as https://receiver.example/hook.',
  scheme: 'Use https.',
  userinfo: 'Leave user name and password out of the URL.',
  fragment: 'Leave out the fragment: what stands behind # is never sent.',
  port: 'Use a port that web servers use, such as 443: this one belongs to another protocol.',
  ip_literal: 'Name the host by its DNS name, not by an IP address.',
  single_label: 'Use the full name of the host, such as receiver.example.',
  reserved_name:
    'Use a public name: .local, .localhost, .internal and .home.arpa are not reachable.',
  blocked_address: 'The name leads to an address that is not public; let it lead to a public one.',
};
