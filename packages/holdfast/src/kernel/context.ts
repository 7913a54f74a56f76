/** The context variables of a task: never changed, only replaced, so that copying is copying a pointer. */
export type Context = ReadonlyMap<object, unknown>;

export const EMPTY_CONTEXT: Context = /* @__PURE__ */ new Map();
