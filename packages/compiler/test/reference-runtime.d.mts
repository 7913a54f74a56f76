/** The kernel's members by name; see docs/internals/abi.md. */
export const kernel: Readonly<Record<string, unknown>>;
export const corocall: unique symbol;
