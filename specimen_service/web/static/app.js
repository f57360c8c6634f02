// What every page does; each module looks for what it serves and does nothing where that is absent.

import { tickAges } from "./ages.js";
import { goodForms } from "./forms.js";
import { keepLive } from "./live.js";
import { readyToScan } from "./scan.js";

readyToScan();
goodForms();
keepLive();
tickAges();
