// The page of packages/compiler/fixtures/react-hooks.test.ts: each case is run by its name.
import { version } from "react";
import { cases } from "./harness.tsx";
import "./tasks.tsx";
import "./actions.tsx";

Object.assign(globalThis, {
	version: () => version,
	names: () => [...cases.keys()],
	runCase: (name: string) => cases.get(name)?.(),
});
