import { expectTypeOf, test } from "vitest";
import { defineConfig } from "./config.ts";
import type { HoldfastConfig } from "./options.ts";

test("defineConfig knows the keys and their values", () => {
	expectTypeOf(
		defineConfig({
			structure: "function",
			ticks: "native",
			include: "src/**",
			exclude: ["a", "b"],
			overrides: [{ files: ["src/jobs/**"], structure: "scope", ticks: "default", native: true }],
		}),
	).toEqualTypeOf<HoldfastConfig>();
	// @ts-expect-error no such key
	defineConfig({ strucutre: "function" });
	// @ts-expect-error no such value
	defineConfig({ structure: "functions" });
	// @ts-expect-error an override says for which files it holds
	defineConfig({ overrides: [{ structure: "scope" }] });
	// @ts-expect-error the root is the folder of the file
	defineConfig({ root: "src" });
});
