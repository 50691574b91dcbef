// Strips from a packed manifest what only this workspace can use: the export condition that points at sources, which
// are not in the tarball, and the development dependencies.
function withoutSources(target) {
  if (target === null || typeof target !== "object") return target;
  return Object.fromEntries(
    Object.entries(target)
      .filter(([condition]) => condition !== "weftos-source")
      .map(([condition, value]) => [condition, withoutSources(value)]),
  );
}

export const hooks = {
  beforePacking(manifest) {
    const { devDependencies: _, ...published } = manifest;
    if (published.exports === undefined) return published;
    return { ...published, exports: withoutSources(published.exports) };
  },
};
