/**
 * Whether this is the build for development, whose messages explain and which looks for calls that are never awaited. A
 * constant `false` in the production build (see `docs/internals/size.md`), which leaves out what it guards.
 */
export const development: boolean = true;
