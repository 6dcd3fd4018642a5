{#
  Rows of a table that are not what is right, each with what is right and what was found. Written by
  `event-simulator dbt-seeds`. No rows: the table is right.

  keys, texts, counts, numbers, flags, dates and times are the table's columns; those of keys tell its rows apart. Numbers may be
  apart by the variable `event_simulator_tolerance`, the rest must be equal.
#}
{% macro event_simulator_differences(expected, actual, keys, texts=[], counts=[], numbers=[], flags=[], dates=[], times=[]) %}
{%- set types = {} -%}
{%- for name in texts %}{% do types.update({name: dbt.type_string()}) %}{% endfor -%}
{%- for name in counts %}{% do types.update({name: dbt.type_bigint()}) %}{% endfor -%}
{%- for name in numbers %}{% do types.update({name: dbt.type_numeric()}) %}{% endfor -%}
{%- for name in flags %}{% do types.update({name: dbt.type_int()}) %}{% endfor -%}
{%- for name in dates %}{% do types.update({name: 'date'}) %}{% endfor -%}
{%- for name in times %}{% do types.update({name: dbt.type_timestamp()}) %}{% endfor -%}
{%- set values = types.keys() | reject('in', keys) | list -%}
{%- set tolerance = var('event_simulator_tolerance', '0.000001') -%}
with both_sides as (
  {%- for side in ['expected', 'actual'] %}
  select
    {% for name in keys %}cast({{ name }} as {{ types[name] }}) as {{ name }}, {% endfor %}
    {%- for name in values %}
    {%- for other in ['expected', 'actual'] %}
    cast({% if side == other %}{{ event_simulator_value(name, name in flags) }}{% else %}null{% endif %} as {{ types[name] }}) as {{ other }}_{{ name }},
    {%- endfor %}
    {%- endfor %}
    {{ 1 if side == 'expected' else 0 }} as expected_row,
    {{ 1 if side == 'actual' else 0 }} as actual_row
  from {{ expected if side == 'expected' else actual }}
  {%- if not loop.last %}
  union all
  {%- endif %}
  {%- endfor %}
),
compared as (
  select
    {% for name in keys %}{{ name }}, {% endfor %}
    {%- for name in values %}
    max(expected_{{ name }}) as expected_{{ name }},
    max(actual_{{ name }}) as actual_{{ name }},
    {%- endfor %}
    sum(expected_row) as expected_rows,
    sum(actual_row) as actual_rows
  from both_sides
  group by {% for name in keys %}{{ name }}{% if not loop.last %}, {% endif %}{% endfor %}
)
select *
from compared
where expected_rows <> 1
  or actual_rows <> 1
  {%- for name in values %}
  or (expected_{{ name }} is null) <> (actual_{{ name }} is null)
  {%- if name in numbers %}
  or abs(expected_{{ name }} - actual_{{ name }}) > {{ tolerance }}
  {%- else %}
  or expected_{{ name }} <> actual_{{ name }}
  {%- endif %}
  {%- endfor %}
{% endmacro %}

{#- Flags as 1 and 0: not every data base has the greatest of two. -#}
{% macro event_simulator_value(name, is_flag) -%}
{%- if is_flag -%}
case when {{ name }} then 1 when not {{ name }} then 0 end
{%- else -%}
{{ name }}
{%- endif -%}
{%- endmacro %}
