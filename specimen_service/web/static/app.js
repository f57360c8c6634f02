// What every page does; each module looks for what it serves and does nothing where that is absent.

import { tickAges } from "./ages.js";
import { obeyCommands } from "./commands.js";
import { goodForms } from "./forms.js";
import { keepLive } from "./live.js";
import { readyToScan } from "./scan.js";

readyToScan();
obeyCommands();
goodForms();
keepLive();
tickAges();
