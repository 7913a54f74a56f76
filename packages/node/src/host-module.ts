import { until } from "holdfast";

/**
 * A module of Node that only some programs need, loaded by those. An `import` of `node:http`, `node:https`, `node:tls` or
 * `node:crypto` asks for all that they export, and so loads what Node itself puts off: `fetch` and WebSockets (two megabytes
 * of heap), the root certificates, Web cryptography. `load` imports it, for hosts that cannot give it otherwise.
 */
export function* hostModule<T>(name: string, load: () => Promise<T>): Generator<never, T, unknown> {
	const found = (process as Partial<typeof process>).getBuiltinModule?.(name as "node:http");
	return (found as T | undefined) ?? ((yield* until(load())) as T);
}
