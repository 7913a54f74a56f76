import type { Runner } from "./runner.ts";

/** The runs that have not ended, for `dumpTasks()`. */
export const liveRunners: Set<Runner> = /* @__PURE__ */ new Set();
