"""Columns and files that a mapping can't read as they are, or reads rightly only if the user looks: each is asked.

`time_parts` finds columns that say a part of the times beside them, `promises` deliveries that did not take place,
`discounts` what the price may lack, `taxes` a price without tax, `wide_rows` several products in a row, and
`left_files` files that are not read.
"""
