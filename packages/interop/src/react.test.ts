import { dumpTasks } from "holdfast";
import { createElement, type ReactElement, StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { HoldfastProvider, useAction, useScope, useStream, useTask } from "./react.ts";

// What they do on a page is tested in Chromium: packages/compiler/fixtures/react-hooks.test.ts.

test("on a server nothing is started and nothing is warned of; what is shown is what a page begins with", () => {
	const said = [vi.spyOn(console, "error"), vi.spyOn(console, "warn")];
	const started = vi.fn();
	function Everything(): ReactElement {
		const task = useTask(started, []);
		const stream = useStream<number>(started, []);
		const action = useAction(started, { policy: "switch" });
		const scope = useScope();
		return createElement("p", null, [task.status, stream.status, action.status, scope.running].join());
	}
	const app = createElement(StrictMode, null, createElement(HoldfastProvider, null, createElement(Everything)));
	expect(renderToString(app)).toBe("<p>running,running,idle,0</p>");
	expect(dumpTasks()).not.toContain("useTask");
	expect([started.mock.calls, ...said.map(({ mock }) => mock.calls)]).toEqual([[], [], []]);
	vi.restoreAllMocks();
});
