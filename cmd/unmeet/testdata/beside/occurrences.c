/* Count the occurrences of a calendar within a year, as libical sees them:
   occurrences FILE FROM TO, the days as yyyymmddT000000Z. */

#include <libical/ical.h>
#include <stdio.h>

static char *line(char *buffer, size_t size, void *file)
{
	return fgets(buffer, (int)size, file);
}

static void one(icalcomponent *event, struct icaltime_span *span, void *count)
{
	(void)event;
	(void)span;
	++*(long *)count;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	FILE *file = fopen(argv[1], "r");
	if (!file)
		return 1;
	icalparser *parser = icalparser_new();
	icalparser_set_gen_data(parser, file);
	icalcomponent *calendar = icalparser_parse(parser, line);
	struct icaltimetype from = icaltime_from_string(argv[2]), to = icaltime_from_string(argv[3]);
	long count = 0;
	for (icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event;
	     event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT))
		icalcomponent_foreach_recurrence(event, from, to, one, &count);
	printf("%ld\n", count);
	icalcomponent_free(calendar);
	icalparser_free(parser);
	return fclose(file);
}
