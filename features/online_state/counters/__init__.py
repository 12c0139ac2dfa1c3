"""How counters stand in a record, how events change one, and how a question reads many."""
