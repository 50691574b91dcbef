/** Whose token the user's environment names, in place of the directory's own: then commands are that principal's. */
export function tokenOfUser(): string | undefined {
  return process.env.WEAVER_TOKEN || undefined;
}
