import { libraries } from '../clients/libraries.ts';
import { testLibraries } from '../clients/libraryCells.ts';

testLibraries(libraries);
