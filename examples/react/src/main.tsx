import { dumpTasks } from "holdfast";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";

// Type `dumpTasks()` into the console to see what is running.
Object.assign(globalThis, { dumpTasks });

createRoot(document.querySelector("#root")!).render(
	<StrictMode>
		<App />
	</StrictMode>,
);
