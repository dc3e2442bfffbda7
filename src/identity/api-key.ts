/** A key whose MAC was right: some KEY_SECRET of ours made it. Whether it is still good, only its actor knows. */
export interface VerifiedKey {
  /** `k_…`: names the key, and so its account's actor. */
  readonly id: string;
  /** Whether it may reach only the `echo` provider. */
  readonly test: boolean;
  /** SHA-256 of the whole key, in hexadecimal: the only form of it that is ever stored or sent on. */
  readonly secretHash: string;
}
