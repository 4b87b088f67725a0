/** An upstream without its credential. */
export interface UpstreamRow {
  id: string;
  name: string;
  kind: 'graphql' | 'http';
  base_url: string;
  auth_mode: 'none' | 'service';
  header_allow_list: string[];
  allow_cidrs: string[];
  timeout_ms: number;
  max_response_bytes: number;
  breaker_failures: number;
  breaker_open_ms: number;
  created_by: string;
  created_at: Date;
}

/** Everything but the credential. */
export const UPSTREAM_COLUMNS = `id, name, kind, base_url, auth_mode, header_allow_list, allow_cidrs, timeout_ms, max_response_bytes,
  breaker_failures, breaker_open_ms, created_by, created_at`;
