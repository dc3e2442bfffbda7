import type { VerifiedKey } from './api-key.ts';

export type Identity = { readonly kind: 'key'; readonly key: VerifiedKey } | { readonly kind: 'admin' };
