import { PeerError } from "./peer-error.ts";

export { PeerError } from "./peer-error.ts";

/** What each adapter is, by the name of its subpath. */
export interface Adapters {
	effect: typeof import("./effect.ts");
	effection: typeof import("./effection.ts");
	opentelemetry: typeof import("./opentelemetry.ts");
	"redux-saga": typeof import("./redux-saga.ts");
	rxjs: typeof import("./rxjs.ts");
}

const ADAPTERS: { readonly [Name in keyof Adapters]: readonly [install: string, load: () => Promise<Adapters[Name]>] } =
	{
		effect: ["effect@^4.0.0", () => import("./effect.ts")],
		effection: ["effection@^4.0.0", () => import("./effection.ts")],
		opentelemetry: ["@opentelemetry/api@^1.3.0", () => import("./opentelemetry.ts")],
		"redux-saga": ["redux-saga@^1.2.0", () => import("./redux-saga.ts")],
		rxjs: ["rxjs@^7.2.0", () => import("./rxjs.ts")],
	};

/**
 * Loads an adapter, and its library, when it is asked for: for programs that support a neighbour if it is there. Those that need
 * it import `@holdfast/interop/effect` and its like.
 *
 * @throws PeerError if the adapter's library is not installed; it says what to install
 * @throws RangeError for a name that is none
 * @example
 * const { toEffect } = await loadAdapter("effect");
 */
export async function loadAdapter<Name extends keyof Adapters>(name: Name): Promise<Adapters[Name]> {
	if (!Object.hasOwn(ADAPTERS, name))
		throw new RangeError(
			`loadAdapter: there is no adapter ${JSON.stringify(name)}; known are ${Object.keys(ADAPTERS).join(", ")}.`,
		);
	const [install, load] = ADAPTERS[name];
	try {
		return await load();
	} catch (cause) {
		const message = String((cause as Error | undefined)?.message);
		// Every host and bundler names the package, each in its own words.
		if (!/cannot find|could not (be )?resolve|failed to resolve|module not found/i.test(message)) throw cause;
		throw new PeerError(name, install, "needs a library that is not installed", { cause });
	}
}
