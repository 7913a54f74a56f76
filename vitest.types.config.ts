import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: [],
		typecheck: {
			enabled: true,
			only: true,
			include: ["packages/*/src/**/*.test-d.ts"],
			tsconfig: "./tsconfig.types.json",
		},
	},
});
