import { describeFaults } from './matrix.ts';

describeFaults('anthropic-messages');
