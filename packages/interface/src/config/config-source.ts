/** Where a feature's section of the configuration came from: for paths in it, and for messages about it. */
export interface ConfigSource {
  /** Absolute path of the folder from which relative paths in the section are taken: that of the file, or where it would lie. */
  readonly folder: string;
  /**
   * Tells where a value was set: the file, or the name of another source such as `environment`, and the line in the file.
   *
   * @param path - keys as the schema has them
   */
  place(path: readonly (string | number)[]): { readonly source: string; readonly line: number | undefined };
}
