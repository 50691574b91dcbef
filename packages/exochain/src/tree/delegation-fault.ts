/** Why a certificate does not hold. */
export type DelegationFault =
  | "form"
  | "id"
  | "key"
  | "signature"
  | "expired"
  | "early"
  | "revoked"
  | "missing"
  | "grantor"
  | "widens"
  | "outlives"
  | "depth"
  | "grantor-lost";
