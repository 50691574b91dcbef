/** Where a feature's section of the configuration came from: for paths in it, and for messages about it. */
export interface ConfigSource {
  /** Absolute path of the folder from which relative paths in the section are taken: that of the file, or where it would lie. */
  readonly folder: string;
  /** Names the place of a value, keys as the schema has them, such as `/app/weave.toml:12`. */
  place(path: readonly (string | number)[]): string;
}
